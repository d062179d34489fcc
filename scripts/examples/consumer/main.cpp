// A network of one's own with a sparse output: 784 inputs, 100 hidden values, 1,000 labels of which
// a row has three. The scores of all labels are never made.
#include <spout/spout.h>
#include <torch/torch.h>

#include <iostream>

int main() try {
  const int64_t n = 64, features = 784, d = 100, labels = 1000;
  torch::manual_seed(1);
  const at::Tensor x = torch::rand({n, features});
  const at::Tensor row = torch::arange(n).repeat_interleave(3);
  const at::Tensor label = (torch::arange(3 * n) * 7) % labels;
  const at::Tensor target =
      torch::sparse_coo_tensor(torch::stack({row, label}), torch::ones({3 * n}), {n, labels})
          .coalesce();

  // A loss of scores that a network has made already.
  const at::Tensor logits = torch::randn({n, labels}).requires_grad_();
  const at::Tensor bce = spout::sparse_loss("bce", logits, target);
  bce.backward();

  // The output layer, its loss and its optimizer in one; the encoder has one of torch's.
  torch::nn::Linear encoder(features, d);
  spout::SparseLinear head(d, labels);
  spout::HeadOptimizer head_optimizer(head, "sgd");
  torch::optim::SGD encoder_optimizer(encoder->parameters(), /*lr=*/0.1);
  std::vector<at::Tensor> saved{logits,          bce,           logits.grad(), x,
                                encoder->weight, encoder->bias, head.weight(), head.bias()};
  for (at::Tensor& tensor : saved)
    tensor = tensor.detach().clone();
  for (int step = 0; step < 3; ++step) {
    encoder_optimizer.zero_grad();
    const at::Tensor hidden = torch::relu(encoder(x));
    const at::Tensor loss = head.loss(hidden, target, "softmax", head_optimizer, /*lr=*/0.1);
    loss.backward();  // the head's weights have moved; the encoder's gradients are there
    encoder_optimizer.step();
    saved.push_back(loss.detach());
    std::cout << "step " << step << ": loss " << loss.item<double>() << '\n';
  }
  for (const at::Tensor& tensor : {encoder->weight, encoder->bias, head.weight(), head.bias()})
    saved.push_back(tensor.detach());
  torch::save(saved, "consumer.pt");  // for the test, which does the same in PyTorch

  const spout::Csr best = head.predict(torch::relu(encoder(x)), {.top_k = 10});
  spout::write_predictions("predictions.npz", best, spout::SparseLayout::kCsr, /*overwrite=*/true);
} catch (const std::exception& error) {
  std::cerr << error.what() << '\n';
  return 1;
}
